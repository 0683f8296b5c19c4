/** Before and after a run: what was reported, the two levels the verdict compares, and when the run was. */
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { ExecutionDetail, Story } from '../../../src/server/api-types.ts'
import { axisSize } from './axis-size.ts'

type Verdict = ExecutionDetail['verifications'][number]
type Execution = ExecutionDetail['execution']

const HEIGHT = 220
const INK = {
  light: {
    text: '#444',
    grid: '#e3e3e3',
    before: '#c2410c',
    after: '#087f5b',
    dot: '#495057',
    run: '#d0ebff',
  },
  dark: {
    text: '#c9c9c9',
    grid: '#424242',
    before: '#ffa94d',
    after: '#38d9a9',
    dot: '#adb5bd',
    run: '#1c3d5a',
  },
} as const

interface Side {
  readonly from: number
  readonly to: number
}

/** Seconds since 1970 of a side of the comparison; null: the verdict does not say. */
function sideOf({ details }: Verdict, name: 'before' | 'after'): Side | null {
  const side = (details as Readonly<Record<string, Partial<Record<'from' | 'to', unknown>>>> | null)?.[name]
  if (typeof side?.from !== 'string' || typeof side.to !== 'string') return null
  return { from: Date.parse(side.from) / 1000, to: Date.parse(side.to) / 1000 }
}

const isOf = (event: Story['events'][number], { metricName, metricUnit }: Verdict): boolean =>
  event.metricName === metricName && event.metricUnit === metricUnit

/** uPlot's columns: instants, reported values, level before, level after. */
type Columns = [number[], (number | null)[], (number | null)[], (number | null)[]]

function columnsOf(
  verdict: Verdict,
  sides: { readonly before: Side; readonly after: Side },
  events: Story['events'],
): Columns {
  const rows: [number, number | null, number | null, number | null][] = [
    [sides.before.from, null, verdict.metricBefore, null],
    [sides.before.to, null, verdict.metricBefore, null],
    [sides.after.from, null, null, verdict.metricAfter],
    [sides.after.to, null, null, verdict.metricAfter],
  ]
  const length = sides.after.to - sides.before.from
  for (const event of events) {
    const { windowEnd, metricValue } = event
    const at = Date.parse(windowEnd) / 1000
    // What happened long before would press the comparison into a line.
    if (isOf(event, verdict) && at > sides.before.from - length && at < sides.after.to + length)
      rows.push([at, metricValue, null, null])
  }
  rows.sort((a, b) => a[0] - b[0])
  return [
    rows.map((row) => row[0]),
    rows.map((row) => row[1]),
    rows.map((row) => row[2]),
    rows.map((row) => row[3]),
  ]
}

const figure = (value: number | null, unit: string): string =>
  value === null
    ? 'not measured'
    : `${value.toLocaleString(undefined, { maximumSignificantDigits: 4 })} ${unit}`

/** The figure; nothing where the verdict does not say when it measured. */
export default function EffectChart({
  of,
  execution,
  events,
}: {
  readonly of: Verdict
  readonly execution: Execution
  readonly events: Story['events']
}) {
  const place = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    const element = place.current
    const [before, after] = [sideOf(of, 'before'), sideOf(of, 'after')]
    if (element === null || before === null || after === null) return
    const chart = draw(element, { of, execution, scheme, columns: columnsOf(of, { before, after }, events) })
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      chart.destroy()
    }
  }, [of, execution, events, scheme])
  if (sideOf(of, 'before') === null || sideOf(of, 'after') === null) return null
  const [before, after] = [figure(of.metricBefore, of.metricUnit), figure(of.metricAfter, of.metricUnit)]
  return (
    <figure className="chart">
      <div ref={place} role="img" aria-label={`${of.metricName}: ${before} before, ${after} after the run`} />
      <figcaption className="legend">
        <span className="key key-before">before: {before}</span>
        <span className="key key-after">after: {after}</span>
        {events.some((each) => isOf(each, of)) && (
          <span className="key key-dot">reported while the issue was open</span>
        )}
        <span className="key key-run">the run</span>
      </figcaption>
    </figure>
  )
}

interface Drawn {
  readonly of: Verdict
  readonly execution: Execution
  readonly scheme: 'light' | 'dark'
  readonly columns: Columns
}

function draw(element: HTMLElement, { of, execution, scheme, columns }: Drawn): UPlot {
  const ink = INK[scheme]
  const grid = { stroke: ink.grid, width: 1 }
  const axis = { stroke: ink.text, grid, ticks: grid }
  return new UPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_chart, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [axis, { ...axis, size: axisSize, label: of.metricUnit, labelSize: 18 }],
      series: [
        {},
        { stroke: ink.dot, width: 0, paths: () => null, points: { show: true, size: 6, fill: ink.dot } },
        { stroke: ink.before, width: 4, points: { show: false }, spanGaps: true },
        { stroke: ink.after, width: 4, points: { show: false }, spanGaps: true },
      ],
      hooks: { drawClear: [(chart) => markRun(chart, execution, ink.run)] },
    },
    columns,
    element,
  )
}

/** The time of the run, as a band behind everything. */
function markRun(chart: UPlot, { startedAt, finishedAt }: Execution, colour: string): void {
  if (startedAt === null || finishedAt === null) return
  const from = chart.valToPos(Date.parse(startedAt) / 1000, 'x', true)
  const to = chart.valToPos(Date.parse(finishedAt) / 1000, 'x', true)
  chart.ctx.save()
  chart.ctx.fillStyle = colour
  chart.ctx.fillRect(from, chart.bbox.top, Math.max(4, to - from), chart.bbox.height)
  chart.ctx.restore()
}
