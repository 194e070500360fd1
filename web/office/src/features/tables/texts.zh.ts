export default {
  menu: '汇总表',
}
