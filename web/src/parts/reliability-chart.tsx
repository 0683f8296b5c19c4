/**
 * Confidence against what became of it: a point for each tenth of confidence with its 95 % interval, and the line on
 * which they should lie. The canvas has a label, and the same figures stand in a table.
 */
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Reliability } from '../../../src/server/api-types.ts'

type Bins = Reliability['bins']

const HEIGHT = 280
const percent = (share: number): string => `${Math.round(share * 100)} %`

/** The figure. */
export default function ReliabilityChart({ bins }: { readonly bins: Bins }) {
  const place = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const chart = draw(element, bins, scheme === 'dark')
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      chart.destroy()
    }
  }, [bins, scheme])
  return (
    <figure className="chart reliability">
      <div
        ref={place}
        role="img"
        aria-label={`Share of runs that resolved their issue, by the confidence they were proposed with, ${bins.length} points; on the dashed line both are equal`}
      />
      <figcaption className="quiet">
        Proposed with (across) against resolved (up), with 95 % intervals. Below the dashed line confidence is
        too high.
      </figcaption>
      <details>
        <summary>As a table</summary>
        <Table bins={bins} />
      </details>
    </figure>
  )
}

function Table({ bins }: { readonly bins: Bins }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Proposed with</th>
          <th scope="col" className="number">
            Runs
          </th>
          <th scope="col" className="number">
            Resolved
          </th>
          <th scope="col" className="number">
            95 %
          </th>
        </tr>
      </thead>
      <tbody>
        {bins.map(({ from, records, meanConfidence, share }) => (
          <tr key={from}>
            <td>{percent(meanConfidence)}</td>
            <td className="number">{records.toLocaleString()}</td>
            <td className="number">{percent(share.value)}</td>
            <td className="number">
              {percent(share.low)} to {percent(share.high)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function draw(element: HTMLElement, bins: Bins, dark: boolean): UPlot {
  const grid = { stroke: dark ? '#424242' : '#e3e3e3', width: 1 }
  const points = dark ? '#38d9a9' : '#087f5b'
  const axis = {
    stroke: dark ? '#c9c9c9' : '#444',
    grid,
    ticks: grid,
    values: (_chart: UPlot, values: number[]) => values.map(percent),
  }
  const across = [0, ...bins.map((bin) => bin.meanConfidence), 1]
  return new UPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.05] } },
      axes: [axis, { ...axis, size: 56 }],
      series: [
        {},
        { stroke: dark ? '#868e96' : '#6b7280', width: 1, dash: [6, 4], points: { show: false } },
        { stroke: points, width: 0, points: { show: true, size: 9, fill: points } },
      ],
      hooks: { draw: [(chart) => intervals(chart, bins, points)] },
    },
    [across, across, [null, ...bins.map((bin) => bin.share.value), null]],
    element,
  )
}

function intervals(chart: UPlot, bins: Bins, colour: string): void {
  const { ctx } = chart
  ctx.save()
  ctx.strokeStyle = colour
  ctx.lineWidth = 2 * devicePixelRatio
  for (const { meanConfidence, share } of bins) {
    const x = chart.valToPos(meanConfidence, 'x', true)
    ctx.beginPath()
    ctx.moveTo(x, chart.valToPos(share.low, 'y', true))
    ctx.lineTo(x, chart.valToPos(share.high, 'y', true))
    ctx.stroke()
  }
  ctx.restore()
}
