import { Typography } from 'antd'
import dayjs from 'dayjs'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Statistics } from '../../api/runs'
import { useTheme } from '../../app/theme'
import { stepFormat, useBars } from './bars'
import { Chart } from './charts'
import { grouped, rate, shown, sum, type Span } from './series'

type Figures = Statistics['projects'][number]

// PerProject shows the busiest projects side by side, over the same time.
export function PerProject({ s, span }: { s: Statistics; span: Span }) {
  const { t } = useTranslation()
  if (s.projects.length === 0) return null
  return (
    <section className="panel block">
      <Typography.Title level={2} className="block-title">
        {t('home.perProject')}
      </Typography.Title>
      <div className="per-project">
        {s.projects.map((p) => (
          <Project key={p.id} of={p} span={span} />
        ))}
      </div>
    </section>
  )
}

function Project({ of: p, span }: { of: Figures; span: Span }) {
  const { t, i18n } = useTranslation()
  const { dark } = useTheme()
  const bars = useBars(true)
  const option = useMemo(
    () => bars({ type: 'category', data: p.series.map((v) => dayjs(v.at).format(stepFormat(span))) }, { type: 'value', minInterval: 1, splitNumber: 2 }, (state) => p.series.map((v) => grouped(v.counts)[state])),
    // The texts and colours change with the language and the theme.
    [p, span, i18n.language, dark],
  )
  const g = grouped(p.instances)
  const share = rate(p.instances)
  const total = sum(p.instances)
  return (
    <article>
      <h3 className="per-project-name">
        <Link to={`/?project=${encodeURIComponent(p.name)}${span === '24h' ? '' : `&span=${span}`}`}>{p.name}</Link>
        <span className="muted">
          {t('home.runsOf', { count: total, number: total.toLocaleString(i18n.language) })}
          {share !== null && ` · ${t('home.succeededOf', { share: share.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 1 }) })}`}
        </span>
      </h3>
      <Chart option={option} height={120} label={`${p.name}: ${shown.filter((v) => g[v] > 0).map((v) => `${t(`state.${v}`)} ${g[v]}`).join(', ')}`} />
    </article>
  )
}
