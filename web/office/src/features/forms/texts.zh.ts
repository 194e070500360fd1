export default {
  menu: '普查表',
}
