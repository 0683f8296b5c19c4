/** A series over time. The canvas has a label, and the same figures stand in a table for who cannot see it. */
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { axisSize } from './axis-size.ts'
import { Time } from './time.tsx'

/** One value at one instant. */
interface Point {
  readonly at: string
  readonly value: number
}

const HEIGHT = 170
/** Rows of the table: the newest. */
const TABLE_MOST = 50

/** The figure. */
export default function SeriesChart({
  label,
  unit,
  points,
}: {
  readonly label: string
  readonly unit: string
  readonly points: readonly Point[]
}) {
  const place = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const ink = scheme === 'dark' ? '#c9c9c9' : '#444'
    const grid = { stroke: scheme === 'dark' ? '#424242' : '#e3e3e3', width: 1 }
    const axis = { stroke: ink, grid, ticks: grid }
    const chart = new UPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_chart, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
        axes: [axis, { ...axis, size: axisSize }],
        series: [
          {},
          { stroke: scheme === 'dark' ? '#38d9a9' : '#087f5b', width: 2, points: { show: true, size: 6 } },
        ],
      },
      [points.map(({ at }) => Date.parse(at) / 1000), points.map(({ value }) => value)],
      element,
    )
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      chart.destroy()
    }
  }, [points, scheme])
  return (
    <figure className="chart">
      <div ref={place} role="img" aria-label={`${label}, ${points.length} values`} />
      <figcaption className="quiet">
        {label} ({unit})
      </figcaption>
      <details>
        <summary>As a table</summary>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col" className="number">
                {unit}
              </th>
            </tr>
          </thead>
          <tbody>
            {points.slice(-TABLE_MOST).map(({ at, value }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two values may share an instant
              <tr key={`${at} ${index}`}>
                <td>
                  <Time at={at} />
                </td>
                <td className="number">{value.toLocaleString(undefined, { maximumFractionDigits: 3 })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
