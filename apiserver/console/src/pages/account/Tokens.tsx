import { Alert, Button, DatePicker, Form, Modal, Tag, Typography } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ownTokens, tokens, users, type Token, type TokenInput } from '../../api/admin'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { Snippet } from '../../widgets/Snippet'
import { TimeText } from '../../widgets/TimeText'

interface Values {
  userId?: number
  expires: Dayjs
}

// Tokens lists access tokens, of one person or of all. A token's text is shown
// once, when it is made.
export function Tokens({ owner }: { owner?: { id: number; name: string } }) {
  const { t } = useTranslation()
  const [made, setMade] = useState<Token | null>(null)
  return (
    <>
      <Crud<Token, TokenInput>
        bare
        api={owner ? ownTokens(owner) : tokens}
        texts="tokens"
        searchable={!owner}
        nameOf={(row) => `#${row.id} (${row.user})`}
        deleteAbout={() => t('tokens.deleteAbout')}
        mayEdit={() => false}
        columns={[
          { title: t('tokens.number'), dataIndex: 'id', render: (id: number) => `#${id}` },
          { title: t('tokens.user'), dataIndex: 'user', hidden: !!owner },
          { title: t('tokens.expires'), dataIndex: 'expires', render: (at: string) => <Expiry at={at} /> },
          { title: t('common.created'), dataIndex: 'created', render: (at: string) => <TimeText at={at} /> },
        ]}
        values={() => ({ userId: owner?.id, expires: dayjs().add(90, 'day').endOf('day') })}
        input={(v: Values) => ({ userId: v.userId, expires: v.expires.toISOString() })}
        saved={setMade}
        fields={() => (
          <>
            {!owner && (
              <Form.Item name="userId" label={t('tokens.user')} rules={[{ required: true }]}>
                <Choose api={users} valueOf={(u) => u.id} labelOf={(u) => u.name} />
              </Form.Item>
            )}
            {owner && <Form.Item name="userId" hidden noStyle />}
            <Form.Item name="expires" label={t('tokens.expires')} rules={[{ required: true }]} extra={t('tokens.expiresHelp')}>
              <DatePicker
                showTime
                className="full"
                disabledDate={(d) => d.isBefore(dayjs(), 'day')}
                presets={[7, 30, 90, 365].map((n) => ({ label: t('tokens.days', { count: n }), value: dayjs().add(n, 'day').endOf('day') }))}
              />
            </Form.Item>
          </>
        )}
      />
      <Made token={made} onClose={() => setMade(null)} />
    </>
  )
}

function Expiry({ at }: { at: string }) {
  const { t } = useTranslation()
  const over = dayjs(at).isBefore(dayjs())
  return (
    <span>
      <TimeText at={at} /> {over && <Tag color="error">{t('tokens.expired')}</Tag>}
    </span>
  )
}

function Made({ token, onClose }: { token: Token | null; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Modal open={!!token} title={t('tokens.made')} onCancel={onClose} mask={{ closable: false }} footer={<Button type="primary" onClick={onClose}>{t('tokens.kept')}</Button>}>
      <Alert type="warning" showIcon title={t('tokens.once')} />
      <Typography.Paragraph code copyable={{ text: token?.value ?? '', tooltips: [t('tokens.copy'), t('problem.copied')] }} className="token-text">
        {token?.value}
      </Typography.Paragraph>
      <Typography.Text type="secondary">{t('tokens.use')}</Typography.Text>
      <Snippet text={`curl -H "Authorization: Bearer ${token?.value ?? ''}" \\\n  ${location.origin}/api/v1/projects`} />
    </Modal>
  )
}
