import type { ReactNode } from 'react'

// Fact is one item of a list of facts: its name, and what is so.
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
