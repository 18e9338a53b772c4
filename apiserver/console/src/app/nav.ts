import type { NavItem } from '../pages'

export type Group = NavItem['group']

// sections are the parts of the menu, in its order, and their headings. That of
// the project's own pages is the project's name.
export const sections: { key: string; groups: Group[]; heading?: string }[] = [
  { key: 'root', groups: ['root'] },
  { key: 'project', groups: ['project'] },
  { key: 'resources', groups: ['resources'], heading: 'frame.groupResources' },
  { key: 'administration', groups: ['security', 'monitor'], heading: 'shell.administration' },
]

// projectOf gives the project of an address, "" when it is not of one.
export function projectOf(pathname: string): string {
  const found = /^\/projects\/([^/]+)/.exec(pathname)?.[1]
  if (!found) return ''
  try {
    return decodeURIComponent(found)
  } catch {
    return found
  }
}

export const projectBase = (project: string) => `/projects/${encodeURIComponent(project)}`

// addressOf is where an entry leads.
export function addressOf(item: NavItem, project: string): string {
  return item.group === 'project' ? `${projectBase(project)}/${item.to}` : item.to
}

// reachable gives what a person may see: pages of a project only when one is
// chosen.
export function reachable(all: NavItem[], admin: boolean, project: string): NavItem[] {
  return all.filter((n) => (admin || !n.admin) && (n.group !== 'project' || project !== ''))
}

// entryAt gives the address of the entry that a page belongs to: the longest
// that the page's address begins with.
export function entryAt(pathname: string, shown: NavItem[], project: string): string {
  const plain = (address: string) => {
    try {
      return decodeURI(address)
    } catch {
      return address
    }
  }
  const exact = (n: NavItem) => n.group === 'root'
  const fits = shown.filter((n) => {
    const address = plain(addressOf(n, project))
    return plain(pathname) === address || (!exact(n) && `${plain(pathname)}/`.startsWith(`${address}/`))
  })
  const longest = fits.map((n) => addressOf(n, project)).sort((a, b) => b.length - a.length)
  return longest[0] ?? ''
}
