/** Who waited for whom in a deadlock, drawn as wide as its place, and the same as a table. */
import { useEffect, useMemo, useRef, useState } from 'react'
import {
  type Drawing,
  type DrawnArrow,
  type DrawnBox,
  drawDeadlock,
  LINE,
  PADDING,
} from './deadlock-drawing.ts'
import { deadlockText, modeText, placeText, type SeenDeadlock } from './deadlock-report.ts'

/** The figure. */
export default function DeadlockGraph({ deadlock }: { readonly deadlock: SeenDeadlock }) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const resized = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)))
    resized.observe(element)
    return () => resized.disconnect()
  }, [])
  const drawing = useMemo(() => (width === 0 ? null : drawDeadlock(deadlock, width)), [deadlock, width])
  const isAssumed = deadlock.waits.some(({ isShown }) => !isShown)
  return (
    <figure className="chart">
      <div ref={place}>{drawing !== null && <Drawn of={drawing} label={deadlockText(deadlock)} />}</div>
      <figcaption className="quiet">
        {isAssumed && 'Dashed: the report does not show the lock itself. '}
        {deadlock.incomplete && 'The report is not whole. '}
        Values of the statements are left out.
      </figcaption>
      <details className="more">
        <summary>The deadlock as a table</summary>
        <DeadlockTable of={deadlock} />
      </details>
    </figure>
  )
}

function Drawn({ of, label }: { readonly of: Drawing; readonly label: string }) {
  return (
    <svg
      className="deadlock"
      role="img"
      aria-label={label}
      width={of.width}
      height={of.height}
      viewBox={`0 0 ${of.width} ${of.height}`}
    >
      {of.arrows.map((arrow) => (
        <Arrow key={arrow.key} of={arrow} />
      ))}
      {of.boxes.map((box) => (
        <Box key={box.key} of={box} />
      ))}
    </svg>
  )
}

function Box({ of: { kind, x, y, width, height, lines } }: { readonly of: DrawnBox }) {
  return (
    <g className={`deadlock-${kind}`}>
      <rect x={x} y={y} width={width} height={height} rx={kind === 'lock' ? 16 : 6} />
      {lines.map((line, at) => (
        <text
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a drawing have no other name
          key={at}
          className={`deadlock-${line.kind}`}
          x={kind === 'lock' ? x + width / 2 : x + PADDING}
          textAnchor={kind === 'lock' ? 'middle' : 'start'}
          y={y + PADDING + at * LINE + 13}
        >
          {line.text}
        </text>
      ))}
    </g>
  )
}

/** The head points along the last stretch, which is level or upright. */
function headOf(points: DrawnArrow['points']): string {
  const [x, y] = points.at(-1) ?? [0, 0]
  const [beforeX, beforeY] = points.at(-2) ?? [x, y]
  const [dx, dy] = [Math.sign(x - beforeX), Math.sign(y - beforeY)]
  const [backX, backY] = [x - dx * 9, y - dy * 9]
  return `${x},${y} ${backX + dy * 5},${backY + dx * 5} ${backX - dy * 5},${backY - dx * 5}`
}

function Arrow({ of: { points, label, isAssumed } }: { readonly of: DrawnArrow }) {
  return (
    <g className={isAssumed ? 'deadlock-arrow deadlock-assumed' : 'deadlock-arrow'}>
      <polyline points={points.map((point) => point.join(',')).join(' ')} />
      <polygon points={headOf(points)} />
      {label !== null && (
        <text x={label.x} y={label.y} textAnchor={label.anchor}>
          {label.text}
        </text>
      )}
    </g>
  )
}

function DeadlockTable({ of: { transactions, waits, victim } }: { readonly of: SeenDeadlock }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Transaction</th>
          <th scope="col">Statement</th>
          <th scope="col">Holds</th>
          <th scope="col">Waits for</th>
        </tr>
      </thead>
      <tbody>
        {transactions.map(({ n, user, statement, holds, waitsFor }) => (
          <tr key={n}>
            <th scope="row">
              {n}
              {user !== null && ` (${user})`}
              {n === victim && ', rolled back'}
            </th>
            <td className="break">{statement ?? 'not in the report'}</td>
            <td className="break">
              {holds.map((lock) => `${modeText(lock)}: ${placeText(lock)}`).join('; ') || 'nothing it shows'}
            </td>
            <td className="break">
              {waitsFor === null ? 'nothing it shows' : `${modeText(waitsFor)}: ${placeText(waitsFor)}`}
              {waits
                .filter(({ waiter }) => waiter === n)
                .map(({ holder }) => `, held by ${holder}`)
                .join('')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
