import { PartitionOutlined, ProjectOutlined } from '@ant-design/icons'
import { Button, Skeleton, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { ErrorBox } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { useProject, type Role } from '../../widgets/useProject'
import { Overview } from '../home/Overview'

// ProjectPage tells how things are in one project.
export function ProjectPage() {
  const { t } = useTranslation()
  const { name, base, project, error } = useProject()
  const role = (project as { role?: Role } | undefined)?.role
  return (
    <Page
      title={project?.name ?? name}
      icon={<ProjectOutlined />}
      about={project?.description}
      trail={[{ title: t('nav.projects'), to: '/projects' }]}
      extra={role && <Tag>{t(`roles.${role}`)}</Tag>}
      actions={
        <Link to={`${base}/workflows`}>
          <Button type="primary" icon={<PartitionOutlined />}>
            {t('nav.workflows')}
          </Button>
        </Link>
      }
    >
      <ErrorBox error={error} />
      {project ? <Overview project={project.name} /> : !error && <Skeleton active />}
    </Page>
  )
}
