import { Spin } from 'antd'

// Loading stands where a whole page will be.
export function Loading({ note }: { note?: string }) {
  return (
    <div className="boot">
      <Spin size="large" />
      {note && <p>{note}</p>}
    </div>
  )
}
