export default {
  menu: '审核',
}
