export default {
  menu: '核算',
}
