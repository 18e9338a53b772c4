import { QuestionCircleOutlined } from '@ant-design/icons'
import { Button, Dropdown, Modal, type MenuProps } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

const keys: [string, string][] = [
  ['Ctrl K', 'shell.keys.jump'],
  ['Tab / Shift Tab', 'shell.keys.move'],
  ['Enter', 'shell.keys.open'],
  ['Esc', 'shell.keys.close'],
  ['Esc, Tab', 'shell.keys.code'],
]

// Help leads to what explains the product.
export function Help() {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const items: MenuProps['items'] = [
    { key: 'api', label: <Link to="/api">{t('shell.helpAPI')}</Link> },
    { key: 'docs', label: <a href="/docs" target="_blank" rel="noreferrer">{t('shell.helpDocs')}</a> },
    { key: 'keys', label: t('shell.helpKeys'), onClick: () => setOpen(true) },
  ]
  return (
    <>
      <Dropdown trigger={['click']} menu={{ items }}>
        <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t('shell.help')} />
      </Dropdown>
      <Modal open={open} onCancel={() => setOpen(false)} footer={null} title={t('shell.helpKeys')}>
        <dl className="keys">
          {keys.map(([key, text]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(text)}</dd>
            </div>
          ))}
        </dl>
      </Modal>
    </>
  )
}
