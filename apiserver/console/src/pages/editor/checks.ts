import { useEffect, useMemo, useState } from 'react'

import { check } from '../../api/workflows'
import { tasksOf, type Place, type WorkflowDoc } from '../../model/document'
import { textOf, type Snapshot } from './useEditor'

export interface Found extends Place {
  task?: string // the task that it is about
  field: string // within the task, or of the workflow
}

export interface Checks {
  problems: Found[]
  busy: boolean
  failed: boolean // the server could not be asked
  byTask: ReadonlyMap<string, string> // the first message of each task
  fieldsOf: (task: string | undefined) => ReadonlyMap<string, string>
}

// locate tells which task a problem is about.
export function locate(p: Place, doc: WorkflowDoc): Found {
  const m = /^tasks\[(\d+)\]\.?(.*)$/.exec(p.path)
  const task = m ? tasksOf(doc)[Number(m[1])]?.name : undefined
  return { ...p, task, field: m ? (m[2] ?? '') : p.path }
}

// useChecks asks the server, a moment after the last change, what is wrong with
// the document.
export function useChecks(project: string, now: Snapshot, ready: boolean): Checks {
  const [answer, setAnswer] = useState<{ of: Snapshot; problems: Found[]; failed: boolean }>()
  useEffect(() => {
    if (!ready || now.problem) return
    let gone = false
    const many = tasksOf(now.doc).length > 500
    const timer = setTimeout(() => {
      check(project, textOf(now)).then(
        (r) => !gone && setAnswer({ of: now, problems: (r.problems ?? []).map((p) => locate(p, now.doc)), failed: false }),
        () => !gone && setAnswer({ of: now, problems: [], failed: true }),
      )
    }, many ? 1200 : 400)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [project, now, ready])
  const { problem, doc } = now
  const broken = problem && doc
  const problems = useMemo(() => (problem && broken ? [locate(problem, broken)] : (answer?.problems ?? none)), [problem, broken, answer])
  const byTask = useMemo(() => {
    const first = new Map<string, string>()
    for (const p of problems) if (p.task && !first.has(p.task)) first.set(p.task, p.message)
    return first
  }, [problems])
  return useMemo(
    () => ({
      problems,
      busy: ready && !problem && answer?.of !== now,
      failed: !problem && (answer?.failed ?? false),
      byTask,
      fieldsOf: (task) => new Map(problems.filter((p) => p.task === task).reverse().map((p) => [p.field, p.message])),
    }),
    [problems, byTask, problem, answer, now, ready],
  )
}

const none: Found[] = []
