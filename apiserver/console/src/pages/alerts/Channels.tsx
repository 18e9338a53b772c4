import { SendOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { App, Badge, Button, Form, Input, Select, Switch, Tag, Tooltip } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { alertChannels, alertGroups, channelKinds, testChannel, type AlertChannel, type AlertChannelInput, type ChannelKind, type ChannelSetting } from '../../api/admin'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { ErrorBox } from '../../widgets/ErrorBox'
import { KeyValues } from '../../widgets/KeyValues'

const useKinds = () => useQuery({ queryKey: ['/alert-channels/kinds'], queryFn: channelKinds, staleTime: Infinity })

const useKindName = () => {
  const { t } = useTranslation()
  return (kind: string) => t(`alertChannels.kinds.${kind}`, { defaultValue: kind })
}

// Channels are ways to deliver alerts.
export function Channels() {
  const { t } = useTranslation()
  const kinds = useKinds()
  const kindName = useKindName()
  const kindOf = (name: string) => kinds.data?.items.find((k) => k.kind === name)
  return (
    <>
      <ErrorBox error={kinds.error} />
      <Crud<AlertChannel, AlertChannelInput>
        bare
        api={alertChannels}
        texts="alertChannels"
        nameOf={(row) => row.name}
        columns={[
          { title: t('common.name'), dataIndex: 'name' },
          { title: t('alertChannels.kind'), dataIndex: 'kind', render: (k: string) => <Tag>{kindName(k)}</Tag> },
          { title: t('common.description'), dataIndex: 'description', className: 'wide-text' },
          { title: t('alertChannels.state'), dataIndex: 'enabled', render: (on: boolean) => <Badge status={on ? 'success' : 'default'} text={t(on ? 'alertChannels.enabled' : 'alertChannels.disabled')} /> },
        ]}
        rowActions={(row) => <TestChannel row={row} />}
        values={(row) => row ?? { kind: 'WEBHOOK', enabled: true, settings: {}, groupIds: [] }}
        input={(v: AlertChannelInput) => ({ ...v, description: v.description ?? '', settings: settingsOf(v, kindOf(v.kind)) })}
        fields={(row) => <ChannelFields row={row} kinds={kinds.data?.items ?? []} />}
      />
    </>
  )
}

// settingsOf gives the settings of the kind: what other kinds asked for and
// what is empty goes.
function settingsOf(v: AlertChannelInput, kind: ChannelKind | undefined): Record<string, string> {
  const fields = kind?.settings ?? []
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(v.settings ?? {})) {
    const field = fields.find((f) => f.name === name)
    if (!field || value === undefined || value === null || value === '') continue
    if (field.prefix) for (const [k, x] of Object.entries(value as unknown as Record<string, string>)) out[field.name + k] = x
    else out[name] = String(value)
  }
  return out
}

function ChannelFields({ row, kinds }: { row: AlertChannel | null; kinds: ChannelKind[] }) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const form = Form.useFormInstance<AlertChannelInput>()
  const kind = Form.useWatch('kind', form) ?? row?.kind
  const current = kinds.find((k) => k.kind === kind)
  return (
    <>
      <Form.Item name="kind" label={t('alertChannels.kind')} rules={[{ required: true }]}>
        <Select disabled={!!row} options={kinds.map((k) => ({ value: k.kind, label: kindName(k.kind) }))} />
      </Form.Item>
      <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 100 }]}>
        <Input autoFocus />
      </Form.Item>
      {current?.settings.map((f) => <Setting key={`${kind}.${f.name}`} field={f} row={row} />)}
      <Form.Item name="groupIds" label={t('alertGroups.title')} extra={t('alertChannels.groupsHelp')}>
        <Choose mode="multiple" api={alertGroups} valueOf={(g) => g.id} labelOf={(g) => g.name} />
      </Form.Item>
      <Form.Item name="description" label={t('common.description')}>
        <Input.TextArea autoSize={{ minRows: 1 }} />
      </Form.Item>
      <Form.Item name="enabled" label={t('alertChannels.enabled')} valuePropName="checked">
        <Switch />
      </Form.Item>
    </>
  )
}

// Setting asks for one setting of a kind of channel.
function Setting({ field, row }: { field: ChannelSetting; row: AlertChannel | null }) {
  const { t, i18n } = useTranslation()
  const label = field.title[i18n.language === 'zh' ? 'zh' : 'en']
  const help = field.secret && row ? t('alertChannels.secretKept') : undefined
  if (field.prefix) {
    const given = Object.entries(row?.settings ?? {}).filter(([k]) => k.startsWith(field.name))
    const initial = Object.fromEntries(given.map(([k, v]) => [k.slice(field.name.length), v]))
    return (
      <Form.Item name={['settings', field.name]} label={label} extra={help} initialValue={initial}>
        <KeyValues />
      </Form.Item>
    )
  }
  const truth = field.choices?.length === 2 && field.choices.includes('true') && field.choices.includes('false')
  if (truth)
    return (
      <Form.Item name={['settings', field.name]} label={label} extra={help} valuePropName="checked" getValueProps={(v) => ({ checked: v === 'true' || v === true })} getValueFromEvent={(on: boolean) => String(on)}>
        <Switch />
      </Form.Item>
    )
  return (
    <Form.Item name={['settings', field.name]} label={label} extra={help} rules={[{ required: field.required }]}>
      {field.choices ? (
        <Select allowClear placeholder={field.choices[0]} options={field.choices.map((v) => ({ value: v, label: v }))} />
      ) : field.secret ? (
        <Input.Password autoComplete="off" />
      ) : (
        <Input />
      )}
    </Form.Item>
  )
}

function TestChannel({ row }: { row: AlertChannel }) {
  const { t } = useTranslation()
  const { modal, message } = App.useApp()
  const [busy, setBusy] = useState(false)
  async function test() {
    setBusy(true)
    try {
      const result = await testChannel(row.id)
      if (!result.ok) modal.error({ title: t('alertChannels.testFailed'), content: <span className="mono">{result.message}</span> })
      else void message.success(t('alertChannels.tested', { name: row.name }))
    } catch (e) {
      modal.error({ title: t('alertChannels.testFailed'), content: <ErrorBox error={e} /> })
    }
    setBusy(false)
  }
  return (
    <Tooltip title={t('alertChannels.test')}>
      <Button type="text" size="small" icon={<SendOutlined />} loading={busy} aria-label={`${t('alertChannels.test')} ${row.name}`} onClick={() => void test()} />
    </Tooltip>
  )
}
