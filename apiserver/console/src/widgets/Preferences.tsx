import { BulbOutlined, GlobalOutlined } from '@ant-design/icons'
import { Button, Dropdown, Flex } from 'antd'
import { useTranslation } from 'react-i18next'

import { useTheme, type Choice } from '../app/theme'
import { setLanguage, type Language } from '../i18n'

// Preferences lets a person choose language and theme.
export function Preferences() {
  const { t, i18n } = useTranslation()
  const theme = useTheme()
  return (
    <Flex gap={4} justify="end">
      <Dropdown
        trigger={['click']}
        menu={{
          selectable: true,
          selectedKeys: [i18n.language],
          items: [
            { key: 'zh', label: '中文' },
            { key: 'en', label: 'English' },
          ],
          onClick: ({ key }) => void setLanguage(key as Language),
        }}
      >
        <Button type="text" icon={<GlobalOutlined />} aria-label={t('common.language')} />
      </Dropdown>
      <Dropdown
        trigger={['click']}
        menu={{
          selectable: true,
          selectedKeys: [theme.choice],
          items: (['light', 'dark', 'system'] as const).map((key) => ({ key, label: t(`common.${key}`) })),
          onClick: ({ key }) => theme.choose(key as Choice),
        }}
      >
        <Button type="text" icon={<BulbOutlined />} aria-label={t('common.theme')} />
      </Dropdown>
    </Flex>
  )
}
