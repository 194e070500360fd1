export default {
  menu: '进度',
}
