import { useReactFlow } from '@xyflow/react'
import { Button, Empty } from 'antd'
import { useDeferredValue, type ComponentProps } from 'react'
import { useTranslation } from 'react-i18next'

import { emptyDocument, tasksOf } from '../../model/document'
import { Canvas } from './Canvas'
import { example } from './example'
import { FindTask } from './FindTask'
import type { Editor } from './useEditor'

interface Props extends Omit<ComponentProps<typeof Canvas>, 'doc'> {
  editor: Editor
  finding: boolean
  onFound: (task: string) => void
  onFindClose: () => void
}

// DrawingPane is the canvas with what is said over it.
export function DrawingPane({ editor, finding, onFound, onFindClose, ...canvas }: Props) {
  const { t, i18n } = useTranslation()
  const flow = useReactFlow()
  const { doc } = editor
  // Typing comes before drawing, and the canvas before its tasks: once it knows
  // its size, they are drawn as they fit, and only once.
  const drawn = useDeferredValue(doc, nothing)
  function begin() {
    canvas.edit((d) => example(d, i18n.language === 'zh'))
    setTimeout(() => void flow.fitView({ padding: 0.3, maxZoom: 1 }), 80)
  }
  return (
    <div className="canvas">
      {finding && <FindTask doc={doc} onClose={onFindClose} onFound={onFound} />}
      {editor.locked && (
        <div className="canvas-note" role="status">
          {t('editor.textBroken')}{' '}
          <Button size="small" onClick={editor.undo}>
            {t('editor.undo')}
          </Button>
        </div>
      )}
      {tasksOf(doc).length === 0 && !canvas.locked && (
        <div className="canvas-empty">
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('editor.empty')}>
            <Button type="primary" ghost onClick={begin}>
              {t('editor.example')}
            </Button>
          </Empty>
        </div>
      )}
      <Canvas doc={drawn} {...canvas} />
    </div>
  )
}

const nothing = emptyDocument('')
