import { Empty, Table, type TableProps } from 'antd'

import './crud.css'

interface Props<Row> extends Pick<TableProps<Row>, 'rowKey' | 'loading' | 'columns'> {
  dataSource: Row[] | undefined
  none: string // what is said when there are none
}

// ListTable shows a page of a list, as wide as its columns need.
export function ListTable<Row extends object>({ none, ...table }: Props<Row>) {
  return (
    <Table<Row>
      {...table}
      size="middle"
      className="crud-table"
      pagination={false}
      scroll={{ x: 'max-content' }}
      locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={none} /> }}
    />
  )
}
