export default {
  menu: '机构业务',
}
