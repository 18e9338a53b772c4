import { BarChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption, type EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

import { useTheme } from '../../app/theme'

use([BarChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer])

interface Props {
  option: EChartsCoreOption
  height: number
  label: string // what it shows, for those who do not see it
  onPick?: (name: string, series: string) => void
}

// Chart draws an option, in the size that there is.
export function Chart({ option, height, label, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(null)
  const pick = useRef(onPick)
  pick.current = onPick
  useEffect(() => {
    const c = init(box.current!)
    chart.current = c
    c.on('click', (e) => pick.current?.(String(e.name), String(e.seriesName)))
    const watch = new ResizeObserver(() => c.resize())
    watch.observe(box.current!)
    return () => {
      watch.disconnect()
      c.dispose()
    }
  }, [])
  useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option])
  return <div ref={box} style={{ height }} role="img" aria-label={label} />
}

// useInk gives the colours of a chart's text and lines.
export function useInk() {
  const { dark } = useTheme()
  return dark
    ? { text: '#b4c0c9', line: '#2c353a', back: '#1f262a', ink: '#dfe6ea' }
    : { text: '#4a5660', line: '#e3e9ec', back: '#ffffff', ink: '#1f2a30' }
}
