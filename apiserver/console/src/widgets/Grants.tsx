import { useQuery } from '@tanstack/react-query'
import { App, Modal, Spin, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { users, type GrantAPI } from '../api/admin'
import { Choose } from './Choose'
import { ErrorBox } from './ErrorBox'

// Grants lets other users use a thing.
export function Grants({ name, about, api, onClose }: { name: string; about: string; api: GrantAPI; onClose: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const query = useQuery({ queryKey: [api.path], queryFn: api.get, gcTime: 0 })
  const [chosen, setChosen] = useState<number[] | null>(null)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<unknown>(null)
  async function save() {
    setBusy(true)
    try {
      await api.put(chosen ?? [])
      void message.success(t('crud.saved'))
      onClose()
    } catch (e) {
      setRefusal(e)
      setBusy(false)
    }
  }
  return (
    <Modal
      open
      title={`${t('grants.title')} · ${name}`}
      okText={t('common.save')}
      okButtonProps={{ disabled: chosen === null, loading: busy }}
      onOk={() => void save()}
      onCancel={onClose}
    >
      <Typography.Paragraph type="secondary">{about}</Typography.Paragraph>
      <ErrorBox error={refusal ?? query.error} />
      {query.isPending || query.error ? (
        query.isPending && <Spin />
      ) : (
        <Choose
          mode="multiple"
          className="full"
          api={users}
          valueOf={(u) => u.id}
          labelOf={(u) => u.name}
          defaultValue={query.data?.userIds}
          aria-label={t('grants.users')}
          placeholder={t('grants.users')}
          onChange={(list: number[]) => setChosen(list)}
        />
      )}
    </Modal>
  )
}
