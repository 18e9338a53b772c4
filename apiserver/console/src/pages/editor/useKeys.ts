import { useEffect, useRef } from 'react'

import { readClip, type Clip } from '../../model/operations'

export interface Commands {
  undo: () => void
  redo: () => void
  save: () => void
  find: () => void
  remove: () => void
  chooseAll: () => void
  openForm: () => void
  leave: () => void // what is open: the form, the search
  copy: () => Clip | undefined
  paste: (clip: Clip) => void
}

// typing says whether keys belong to a text that has the focus, or to a dialog.
function typing(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable], .cm-editor, .ant-modal, .ant-select-dropdown, [role=dialog], [role=menu]') !== null
}

const onButton = (target: EventTarget | null) => target instanceof Element && target.closest('button, a, [role=tab], [role=switch]') !== null

// useKeys listens to the keys and to the clipboard while the editor is shown.
export function useKeys(commands: Commands) {
  const latest = useRef(commands)
  latest.current = commands
  useEffect(() => {
    function onKey(e: KeyboardEvent) {
      const c = latest.current
      const mod = e.ctrlKey || e.metaKey
      const key = e.key.toLowerCase()
      const run = (f: () => void) => {
        e.preventDefault()
        f()
      }
      if (mod && key === 's') return run(c.save)
      if (typing(e.target)) return
      if (mod && key === 'z') return run(e.shiftKey ? c.redo : c.undo)
      if (mod && key === 'y') return run(c.redo)
      if (mod && key === 'f') return run(c.find)
      if (mod && key === 'a') return run(c.chooseAll)
      if (e.key === 'Delete' || e.key === 'Backspace') return run(c.remove)
      if (e.key === 'Escape') return c.leave()
      // A button with the focus keeps its Enter.
      if (e.key === 'Enter' && !onButton(e.target)) c.openForm()
    }
    function onCopy(e: ClipboardEvent) {
      if (typing(e.target) || !document.getSelection()?.isCollapsed) return
      const clip = latest.current.copy()
      if (!clip) return
      e.preventDefault()
      e.clipboardData?.setData('text/plain', JSON.stringify(clip))
      if (e.type === 'cut') latest.current.remove()
    }
    function onPaste(e: ClipboardEvent) {
      if (typing(e.target)) return
      const clip = readClip(e.clipboardData?.getData('text/plain') ?? '') ?? keptClip()
      if (!clip) return
      e.preventDefault()
      latest.current.paste(clip)
    }
    document.addEventListener('keydown', onKey)
    document.addEventListener('copy', onCopy)
    document.addEventListener('cut', onCopy)
    document.addEventListener('paste', onPaste)
    return () => {
      document.removeEventListener('keydown', onKey)
      document.removeEventListener('copy', onCopy)
      document.removeEventListener('cut', onCopy)
      document.removeEventListener('paste', onPaste)
    }
  }, [])
}

const kept = 'porpoise.clipboard'

// Browsers give the clipboard to pages only on secure addresses; elsewhere
// what a button copies is kept by the console itself.
function keptClip(): Clip | undefined {
  return window.isSecureContext ? undefined : readClip(sessionStorage.getItem(kept) ?? '')
}

export async function writeClip(clip: Clip): Promise<void> {
  const text = JSON.stringify(clip)
  if (window.isSecureContext) await navigator.clipboard.writeText(text)
  else sessionStorage.setItem(kept, text)
}
