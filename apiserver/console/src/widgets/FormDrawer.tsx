import { App, Button, Drawer, Flex, Form, type FormInstance } from 'antd'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Problem } from '../api/client'
import { ErrorBox } from './ErrorBox'
import { fieldErrors } from './fields'

interface Props {
  title: string
  initial: object
  width?: number
  submitText?: string
  onClose: () => void
  onSubmit: (values: object) => Promise<void>
  footer?: ReactNode
  children: ReactNode
}

// FormDrawer is a form at the side. Refusals of the server are shown at the
// fields that they name; what was typed is not thrown away without a question.
export function FormDrawer({ title, initial, width, submitText, onClose, onSubmit, footer, children }: Props) {
  const { t } = useTranslation()
  const { modal } = App.useApp()
  const [form] = Form.useForm()
  const [refusal, setRefusal] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  async function submit(values: object) {
    setBusy(true)
    setRefusal(null)
    try {
      await onSubmit(values)
    } catch (e) {
      setRefusal(showAtFields(form, e))
      setBusy(false)
    }
  }
  function close() {
    if (!form.isFieldsTouched()) return onClose()
    modal.confirm({ title: t('crud.discardAsk'), okText: t('crud.discard'), okButtonProps: { danger: true }, onOk: onClose })
  }
  return (
    <Drawer
      open
      title={title}
      size={width ?? 520}
      onClose={close}
      mask={{ closable: true }}
      footer={
        <Flex justify="space-between" gap={8}>
          <div>{footer}</div>
          <Flex gap={8}>
            <Button onClick={close}>{t('common.cancel')}</Button>
            <Button type="primary" loading={busy} onClick={() => form.submit()}>
              {submitText ?? t('common.save')}
            </Button>
          </Flex>
        </Flex>
      }
    >
      <ErrorBox error={refusal} onClose={() => setRefusal(null)} />
      <Form form={form} layout="vertical" initialValues={initial} onFinish={(v) => void submit(v as object)} scrollToFirstError={{ focus: true }} aria-label={title}>
        {children}
        <button type="submit" hidden />
      </Form>
    </Drawer>
  )
}

// showAtFields puts what a refusal says of fields beside them, and gives what
// is left to be shown: null when everything found its place.
export function showAtFields(form: FormInstance, e: unknown): unknown {
  if (!(e instanceof Problem)) return e
  const known = form.getFieldsError().map((f) => f.name)
  const { at, rest } = fieldErrors(e.fields, known)
  form.setFields(at)
  const first = at[0]
  if (first) form.scrollToField(first.name, { focus: true })
  return at.length > 0 && rest.length === 0 ? null : e
}
