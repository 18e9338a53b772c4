import { useTranslation } from 'react-i18next'

import { useStateColours } from '../../widgets/StateTag'
import { useInk } from './charts'
import { shown, type Span } from './series'

// stepFormat is how the steps of a span are written.
export const stepFormat = (span: Span) => (span === '24h' ? 'HH:mm' : span === '7d' ? 'MM-DD HH:mm' : 'MM-DD')

// useBars makes charts of stacked states. A small one has no legend.
export function useBars(small = false) {
  const { t } = useTranslation()
  const colours = useStateColours()
  const ink = useInk()
  return (x: object, y: object, values: (state: (typeof shown)[number]) => number[]) => {
    const series = shown.map((state) => ({ state, data: values(state) })).filter((v) => v.data.some((n) => n > 0))
    const axis = { axisLine: { lineStyle: { color: ink.line } }, axisTick: { show: false }, axisLabel: { color: ink.text, hideOverlap: true }, splitLine: { lineStyle: { color: ink.line } } }
    return {
      animation: false,
      grid: { left: 8, right: 16, top: small ? 8 : 36, bottom: 4, containLabel: true },
      legend: { show: !small, top: 0, right: 0, textStyle: { color: ink.text }, itemWidth: 12, itemHeight: 12, icon: 'roundRect' },
      tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, backgroundColor: ink.back, borderColor: ink.line, textStyle: { color: ink.ink } },
      xAxis: { ...axis, ...x },
      yAxis: { ...axis, ...y },
      series: series.map((v) => ({ name: t(`state.${v.state}`), type: 'bar', stack: 'all', barMaxWidth: 28, data: v.data, itemStyle: { color: colours(v.state).line } })),
    }
  }
}
