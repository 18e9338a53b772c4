import { ApiOutlined, DownloadOutlined, ExportOutlined, KeyOutlined } from '@ant-design/icons'
import { Button, Flex, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { Page } from '../../widgets/Page'
import { Snippet } from '../../widgets/Snippet'

const dialects = [
  { key: 'native', name: 'Porpoise', base: '/api/v1', document: '/api/v1/openapi.json', file: 'porpoise-openapi.json', header: 'Authorization: Bearer $TOKEN', try: '/api/v1/projects' },
  { key: 'dolphinscheduler', name: 'DolphinScheduler 1.3.9', base: '/dolphinscheduler', document: '/dolphinscheduler/v2/api-docs', file: 'dolphinscheduler-api.json', header: 'token: $TOKEN', try: '/dolphinscheduler/projects/list-paging?pageNo=1&pageSize=10' },
]

// ApiDocsPage leads programs in: the APIs, their documents, and how to sign in.
export function ApiDocsPage() {
  const { t, i18n } = useTranslation()
  const language = i18n.language === 'zh' ? 'zh_CN' : 'en_US'
  return (
    <Page
      title={t('nav.api')}
      icon={<ApiOutlined />}
      about={t('apidocs.about')}
      actions={
        <Link to="/account/tokens?open=new">
          <Button type="primary" icon={<KeyOutlined />} tabIndex={-1}>
            {t('tokens.new')}
          </Button>
        </Link>
      }
    >
      <div className="tiles tiles-wide">
        {dialects.map((d) => (
          <section key={d.key} className="panel">
            <Typography.Title level={2} className="section-title first">
              {d.name}
            </Typography.Title>
            <Typography.Paragraph type="secondary">{t(`apidocs.${d.key}`)}</Typography.Paragraph>
            <Typography.Paragraph>
              <code>{location.origin + d.base}</code>
            </Typography.Paragraph>
            <Flex gap={8} wrap>
              <Button icon={<ExportOutlined />} href={`/docs?api=${d.key}&language=${language}`} target="_blank">
                {t('apidocs.read')}
              </Button>
              <Button icon={<DownloadOutlined />} href={d.document} download={d.file}>
                {t('apidocs.document')}
              </Button>
            </Flex>
            <Snippet text={command(d)} />
          </section>
        ))}
        <section className="panel">
          <Typography.Title level={2} className="section-title first">
            {t('apidocs.cli')}
          </Typography.Title>
          <Typography.Paragraph type="secondary">{t('apidocs.cliAbout')}</Typography.Paragraph>
          <Snippet text={`porpoise ctl login ${location.origin}\nporpoise ctl project list\nporpoise ctl workflow apply -f workflows/`} />
        </section>
      </div>
    </Page>
  )
}

const command = (d: (typeof dialects)[number]) => `curl -H "${d.header}" \\\n  "${location.origin}${d.try}"`
