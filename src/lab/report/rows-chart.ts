/** A picture with a row for each scenario and figures along one axis: the frame of two of the report's plots. */
import { line, mark, type Picture, textAt } from './svg.ts'

/** An axis: where a value is, 0 (left) to 1 (right), and the values that are written under it. */
export interface Axis {
  readonly at: (value: number) => number
  readonly ticks: readonly { readonly value: number; readonly label: string }[]
  /** What is measured, with its unit. */
  readonly label: string
}

/** A figure of a row. */
export interface Point {
  readonly series: number
  readonly value: number
  readonly interval?: readonly [number, number] | null
  readonly title: string
}

/** One row. `aim`: a value that must not be passed. */
export interface Row {
  readonly name: string
  readonly points: readonly Point[]
  readonly aim?: number | null
  /** Written at the right end. */
  readonly note?: string
}

/** A chart. */
export interface RowsChart {
  readonly title: string
  readonly description: string
  readonly axis: Axis
  /** Names of the series, by number. */
  readonly series: readonly string[]
  readonly rows: readonly Row[]
}

const SIZE = { left: 230, right: 110, plot: 560, top: 70, row: 22, bottom: 52 } as const

/** The picture; with no rows it says that there is nothing. */
export function rowsChart(chart: RowsChart): Picture {
  const { axis, rows } = chart
  const height = SIZE.top + Math.max(1, rows.length) * SIZE.row + SIZE.bottom
  const base = height - SIZE.bottom
  const x = (value: number): number => SIZE.left + SIZE.plot * Math.min(1, Math.max(0, axis.at(value)))
  const ticks = axis.ticks.flatMap(({ value, label }) => [
    line([x(value), SIZE.top - 8], [x(value), base], 'grid'),
    textAt({ x: x(value), y: base + 18, anchor: 'middle' }, label, 'small'),
  ])
  const drawn = rows.flatMap((row, i) =>
    drawRow(row, { y: SIZE.top + i * SIZE.row + SIZE.row / 2, x, series: chart.series.length }),
  )
  return {
    width: SIZE.left + SIZE.plot + SIZE.right,
    height,
    title: chart.title,
    description: chart.description,
    body: [
      ...legend(chart),
      ...ticks,
      line([SIZE.left, base], [SIZE.left + SIZE.plot, base], 'axis'),
      textAt({ x: SIZE.left + SIZE.plot / 2, y: base + 38, anchor: 'middle' }, axis.label, 'small'),
      ...(rows.length === 0 ? [textAt({ x: SIZE.left + 12, y: SIZE.top + 16 }, 'nothing was measured')] : []),
      ...drawn,
    ],
  }
}

function legend({ series, rows }: RowsChart): string[] {
  const names = series.flatMap((name, i) => {
    const at = SIZE.left + i * 150
    return [mark(i, { x: at, y: 48 }, name), textAt({ x: at + 12, y: 52 }, name, 'small')]
  })
  if (!rows.some((row) => row.aim != null)) return names
  const at = SIZE.left + series.length * 150
  return [...names, line([at, 40], [at, 56], 'aim'), textAt({ x: at + 10, y: 52 }, 'aim', 'small')]
}

interface RowPlace {
  readonly y: number
  readonly x: (value: number) => number
  readonly series: number
}

/** Series stand a little above one another, so that equal figures do not cover each other. */
function drawRow(row: Row, { y, x, series }: RowPlace): string[] {
  const shapes = [
    textAt({ x: SIZE.left - 12, y: y + 4, anchor: 'end' }, row.name),
    line([SIZE.left, y], [SIZE.left + SIZE.plot, y], 'grid'),
  ]
  if (row.aim != null)
    shapes.push(line([x(row.aim), y - SIZE.row / 2], [x(row.aim), y + SIZE.row / 2], 'aim'))
  for (const point of row.points) {
    const [low, high] = point.interval ?? [null, null]
    const at = y + (point.series - (series - 1) / 2) * 5
    const className = `s${point.series}`
    if (low !== null && high !== null) shapes.push(line([x(low), at], [x(high), at], className))
    shapes.push(mark(point.series, { x: x(point.value), y: at, className }, point.title))
  }
  if (row.note !== undefined)
    shapes.push(textAt({ x: SIZE.left + SIZE.plot + 10, y: y + 4 }, row.note, 'small'))
  return shapes
}
