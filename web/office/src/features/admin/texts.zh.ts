export default {
  menu: '系统管理',
}
