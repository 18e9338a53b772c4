import { expect, test } from 'vitest'

import type { NavItem } from '../pages'
import { entryAt, projectOf, reachable } from './nav'
import { rank } from './rank'

const item = (group: NavItem['group'], to: string, admin = false): NavItem => ({ label: to, icon: null, to, group, order: 0, admin })
const all = [item('root', '/'), item('root', '/projects'), item('project', 'workflows'), item('resources', '/files'), item('security', '/security', true)]

test('the project of an address', () => {
  expect(projectOf('/projects/a%2Fb/workflows')).toBe('a/b')
  expect(projectOf('/projects/订单')).toBe('订单')
  expect(projectOf('/projects/50%')).toBe('50%')
  expect(projectOf('/files')).toBe('')
})

test('the menu shows what the caller may see', () => {
  const paths = (admin: boolean, project: string) => reachable(all, admin, project).map((n) => n.to)
  expect(paths(true, '')).toEqual(['/', '/projects', '/files', '/security'])
  expect(paths(false, '')).toEqual(['/', '/projects', '/files'])
  expect(paths(false, 'sales')).toEqual(['/', '/projects', 'workflows', '/files'])
})

test('a page belongs to the entry with the longest address', () => {
  const at = (pathname: string) => entryAt(pathname, all, '日报')
  expect(at('/')).toBe('/')
  expect(at('/projects')).toBe('/projects')
  expect(at(encodeURI('/projects/日报/workflows/7/edit'))).toBe(encodeURI('/projects/日报/workflows'))
  expect(at('/files/7')).toBe('/files')
  expect(at('/filesystem')).toBe('')
  expect(at('/%')).toBe('')
})

test('jumping finds all words, beginnings first', () => {
  const texts = ['my files', 'files and folders', 'profile', 'users']
  expect(rank('files', texts, (x) => x)).toEqual(['files and folders', 'my files'])
  expect(rank('fol fil', texts, (x) => x)).toEqual(['files and folders'])
  expect(rank(' ', texts, (x) => x)).toEqual(texts)
})
