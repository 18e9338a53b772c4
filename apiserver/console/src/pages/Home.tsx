export { HomePage } from './home/HomePage'
