export { ProjectsPage } from './projects/ProjectsPage'
