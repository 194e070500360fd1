export default {
  menu: '工作台',
}
