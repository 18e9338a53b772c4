import { expect, test } from 'vitest'

import type { InstanceDetail, TaskInstance } from '../../api/runs'
import { withInstance, withTask } from './useInstance'

const attempt = (id: number, task: string, n: number, state: string) => ({ id, task, attempt: n, state }) as TaskInstance

test('an attempt that changes keeps its place', () => {
  const all = [attempt(1, 'a', 1, 'RUNNING'), attempt(2, 'b', 1, 'RUNNING')]
  expect(withTask(all, attempt(1, 'a', 1, 'FAILED')).map((t) => t.state)).toEqual(['FAILED', 'RUNNING'])
})

test('a new attempt takes the place of the one before', () => {
  const all = [attempt(1, 'a', 1, 'FAILED'), attempt(2, 'b', 1, 'RUNNING')]
  expect(withTask(all, attempt(3, 'a', 2, 'SUBMITTED')).map((t) => t.id)).toEqual([3, 2])
})

test('news of an attempt that was replaced change nothing', () => {
  const all = [attempt(3, 'a', 2, 'RUNNING')]
  expect(withTask(all, attempt(1, 'a', 1, 'FAILED'))).toBe(all)
})

test('the first attempt of a task is added', () => {
  expect(withTask([], attempt(1, 'a', 1, 'SUBMITTED')).length).toBe(1)
})

test('an event leaves what it does not speak of', () => {
  const old = { id: 1, state: 'RUNNING', graph: { nodes: [], edges: [] }, taskInstances: [attempt(1, 'a', 1, 'RUNNING')], params: [], waiting: [{ task: 'a', why: 'w' }] } as unknown as InstanceDetail
  const now = withInstance(old, { state: 'FAILED', user: undefined })
  expect(now).toEqual({ ...old, state: 'FAILED' })
})
