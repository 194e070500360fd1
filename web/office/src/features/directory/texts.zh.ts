export default {
  menu: '名录',
}
