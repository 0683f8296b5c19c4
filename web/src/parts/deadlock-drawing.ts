/**
 * Where the boxes and arrows of a deadlock stand, in CSS px, for a given width. Transactions and the locks they wait for
 * take turns: an arrow to a lock is a wait, an arrow from it leads to who holds it. Two transactions stand side by side
 * where there is room; everything else is one column, with a lane at its right for arrows that lead back.
 */
import {
  modeText,
  placeText,
  type SeenDeadlock,
  type SeenLock,
  type SeenTransaction,
} from './deadlock-report.ts'

/** A line of text in a box. */
export interface DrawnLine {
  readonly text: string
  readonly kind: 'title' | 'code' | 'plain'
}

/** A box. */
export interface DrawnBox {
  readonly key: string
  readonly kind: 'transaction' | 'victim' | 'lock'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly lines: readonly DrawnLine[]
}

/** An arrow along points; its head is at the last. */
export interface DrawnArrow {
  readonly key: string
  readonly from: string
  readonly to: string
  readonly points: readonly (readonly [number, number])[]
  readonly label: {
    readonly text: string
    readonly x: number
    readonly y: number
    readonly anchor: 'start' | 'middle'
  } | null
  /** The report does not show it. */
  readonly isAssumed: boolean
}

/** All of it. */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly boxes: readonly DrawnBox[]
  readonly arrows: readonly DrawnArrow[]
}

/** Of every line. */
export const LINE = 18
/** Between a box's edge and its text. */
export const PADDING = 10
/** From this width on two transactions stand side by side. */
export const WIDE = 760
/** Wider than this nothing gets in one column. */
const COLUMN_MOST = 680
const GAP = 34
const SIDE_GAP = 84
const LANE = 16
const INDENT = 20
/** Widths of a character: code is 12 px of a typewriter face, the rest 13 px of a face with capitals as wide as this. */
const CODE_CHARACTER = 7.3
const CHARACTER = 7.1
const STATEMENT_LINES_MAX = 6
const HOLDS_MAX = 3

type BoxText = Pick<DrawnBox, 'key' | 'kind' | 'lines'>

/** Draws it. @param width what there is, px */
export function drawDeadlock(deadlock: SeenDeadlock, width: number): Drawing {
  return deadlock.transactions.length === 2 && width >= WIDE
    ? sideBySide(deadlock, width)
    : inOneColumn(deadlock, width)
}

/** Text broken into lines of so many characters, at spaces where it can be; the last ends in … where more is left out. */
export function brokenText(
  text: string,
  perLine: number,
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.replace(/\s+/g, ' ').trim().split(' ')) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length > perLine) {
      lines.push(line)
      line = ''
    }
    while (rest.length > perLine) {
      lines.push(rest.slice(0, perLine))
      rest = rest.slice(perLine)
    }
    line = line === '' ? rest : `${line} ${rest}`
  }
  if (line !== '') lines.push(line)
  if (lines.length <= most) return lines
  return [...lines.slice(0, most - 1), `${(lines[most - 1] ?? '').slice(0, Math.max(0, perLine - 1))}…`]
}

const plainLines = (text: string, width: number): readonly DrawnLine[] =>
  brokenText(text, Math.floor((width - 2 * PADDING) / CHARACTER)).map((line) => ({
    text: line,
    kind: 'plain',
  }))

function transactionText(of: SeenTransaction, { victim }: SeenDeadlock, width: number): BoxText {
  const statement = of.statement ?? 'a statement the report does not name'
  const perLine = Math.floor((width - 2 * PADDING) / CODE_CHARACTER)
  const isVictim = of.n === victim
  const held = of.holds.slice(0, HOLDS_MAX).map((lock) => `Holds ${modeText(lock)}: ${placeText(lock)}`)
  const more = of.holds.length > HOLDS_MAX ? [`and ${of.holds.length - HOLDS_MAX} more`] : []
  return {
    key: `transaction ${of.n}`,
    kind: isVictim ? 'victim' : 'transaction',
    lines: [
      { text: `Transaction ${of.n}${isVictim ? ', rolled back' : ''}`, kind: 'title' },
      ...(of.user === null ? [] : plainLines(`of ${of.user}`, width)),
      ...brokenText(statement, perLine, STATEMENT_LINES_MAX).map(
        (text): DrawnLine => ({ text, kind: 'code' }),
      ),
      ...[...held, ...more].flatMap((text) => plainLines(text, width)),
    ],
  }
}

/** @param backTo transactions that hold it and to which only a lane leads: they are named */
function lockText(
  {
    n,
    lock,
    backTo = [],
  }: { readonly n: number; readonly lock: SeenLock; readonly backTo?: readonly number[] },
  width: number,
): BoxText {
  const titles = brokenText(modeText(lock), Math.floor((width - 2 * PADDING) / CHARACTER))
  const holders = backTo.map((holder) => `transaction ${holder}`).join(' and ')
  return {
    key: `lock ${n}`,
    kind: 'lock',
    lines: [
      ...titles.map((text): DrawnLine => ({ text, kind: 'title' })),
      ...plainLines(placeText(lock), width),
      ...(holders === '' ? [] : plainLines(`held by ${holders}`, width)),
    ],
  }
}

const heightOf = ({ lines }: BoxText): number => 2 * PADDING + lines.length * LINE

const placed = (text: BoxText, at: Pick<DrawnBox, 'x' | 'y' | 'width'>): DrawnBox => ({
  ...text,
  ...at,
  height: heightOf(text),
})

function inOneColumn(deadlock: SeenDeadlock, width: number): Drawing {
  const { transactions, waits } = deadlock
  const lanes = waits.filter(({ waiter, holder }) => !isNext(transactions, waiter, holder))
  const room = Math.min(width, COLUMN_MOST) - (lanes.length > 0 ? (lanes.length + 1) * LANE : 0)
  const boxes: DrawnBox[] = []
  let y = 1
  const put = (text: BoxText, indent: number): void => {
    boxes.push(placed(text, { x: 1 + indent, y, width: room - 2 - 2 * indent }))
    y += heightOf(text) + GAP
  }
  for (const each of transactions) {
    put(transactionText(each, deadlock, room - 2), 0)
    const { n, waitsFor: lock } = each
    const backTo = lanes.filter(({ waiter }) => waiter === n).map(({ holder }) => holder)
    if (lock !== null) put(lockText({ n, lock, backTo }, room - 2 - 2 * INDENT), INDENT)
  }
  const box = (key: string): DrawnBox | undefined => boxes.find((each) => each.key === key)
  const arrows = [
    ...transactions.flatMap(({ n }) => down(box(`transaction ${n}`), box(`lock ${n}`), 'waits for')),
    ...waits.flatMap((wait) => {
      const [lock, holder] = [box(`lock ${wait.waiter}`), box(`transaction ${wait.holder}`)]
      const lane = lanes.indexOf(wait)
      const drawn =
        lane === -1
          ? down(lock, holder, 'held by')
          : throughLane(lock, holder, { x: room + (lane + 1) * LANE, lane })
      return drawn.map((arrow) => ({ ...arrow, isAssumed: !wait.isShown }))
    }),
  ]
  return { width, height: y - GAP + 1, boxes, arrows }
}

/** Whether the holder stands right below the lock of the waiter. */
function isNext(transactions: readonly SeenTransaction[], waiter: number, holder: number): boolean {
  const at = transactions.findIndex(({ n }) => n === waiter)
  return at !== -1 && transactions[at + 1]?.n === holder
}

function down(from: DrawnBox | undefined, to: DrawnBox | undefined, text: string): DrawnArrow[] {
  if (from === undefined || to === undefined) return []
  const x = Math.round(from.x + from.width / 2)
  const [top, bottom] = [from.y + from.height, to.y]
  return [
    {
      key: `${from.key} ${to.key}`,
      from: from.key,
      to: to.key,
      points: [
        [x, top],
        [x, bottom],
      ],
      label: { text, x: x + 10, y: (top + bottom) / 2 + 4, anchor: 'start' },
      isAssumed: false,
    },
  ]
}

/** Out of the lock to the right, along the lane, and into who holds it. */
function throughLane(
  lock: DrawnBox | undefined,
  holder: DrawnBox | undefined,
  { x, lane }: { readonly x: number; readonly lane: number },
): DrawnArrow[] {
  if (lock === undefined || holder === undefined) return []
  const from = lock.y + lock.height / 2
  const to = holder.y + Math.min(holder.height - 6, 18 + lane * 8)
  return [
    {
      key: `${lock.key} ${holder.key}`,
      from: lock.key,
      to: holder.key,
      points: [
        [lock.x + lock.width, from],
        [x, from],
        [x, to],
        [holder.x + holder.width, to],
      ],
      label: null,
      isAssumed: false,
    },
  ]
}

/** First transaction left, second right, their locks between them: the ring is seen as one. */
function sideBySide(deadlock: SeenDeadlock, width: number): Drawing {
  const [left, right] = deadlock.transactions
  if (left === undefined || right === undefined) return { width, height: 0, boxes: [], arrows: [] }
  const side = Math.floor((width - 2 - 2 * SIDE_GAP) * 0.36)
  const middle = width - 2 - 2 * SIDE_GAP - 2 * side
  const [a, b] = [transactionText(left, deadlock, side), transactionText(right, deadlock, side)]
  const locks = [left, right].flatMap(({ n, waitsFor }) =>
    waitsFor === null ? [] : [lockText({ n, lock: waitsFor }, middle)],
  )
  const between = locks.reduce((sum, lock) => sum + heightOf(lock), 0) + GAP * Math.max(0, locks.length - 1)
  const height = Math.max(heightOf(a), heightOf(b), between)
  const middleX = 1 + side + SIDE_GAP
  let y = 1 + (height - between) / 2
  const boxes: DrawnBox[] = [
    { ...placed(a, { x: 1, y: 1, width: side }), height },
    { ...placed(b, { x: middleX + middle + SIDE_GAP, y: 1, width: side }), height },
  ]
  for (const lock of locks) {
    boxes.push(placed(lock, { x: middleX, y, width: middle }))
    y += heightOf(lock) + GAP
  }
  const box = (key: string): DrawnBox | undefined => boxes.find((each) => each.key === key)
  const arrows = [
    ...[left, right].flatMap(({ n }) => across(box(`transaction ${n}`), box(`lock ${n}`), 'waits for')),
    ...deadlock.waits.flatMap(({ waiter, holder, isShown }) =>
      across(box(`lock ${waiter}`), box(`transaction ${holder}`), 'held by').map((arrow) => ({
        ...arrow,
        isAssumed: !isShown,
      })),
    ),
  ]
  return { width, height: height + 2, boxes, arrows }
}

/** At the height of the lower of the two, which the higher one spans. */
function across(from: DrawnBox | undefined, to: DrawnBox | undefined, text: string): DrawnArrow[] {
  if (from === undefined || to === undefined) return []
  const lock = from.kind === 'lock' ? from : to
  const y = lock.y + lock.height / 2
  const isRight = from.x < to.x
  const start = isRight ? from.x + from.width : from.x
  const end = isRight ? to.x : to.x + to.width
  return [
    {
      key: `${from.key} ${to.key}`,
      from: from.key,
      to: to.key,
      points: [
        [start, y],
        [end, y],
      ],
      label: { text, x: (start + end) / 2, y: y - 7, anchor: 'middle' },
      isAssumed: false,
    },
  ]
}
