// Takes off what a log collector puts around each line, and tells from it which server a line is from, so that the
// logs of two servers in one stream are read apart.

import { reportLine } from './report-line.ts'

/** One line without its frame. */
export interface FramedLine {
  /** Names the log within its stream; empty when the stream is one log. */
  readonly source: string
  /** The line as the server wrote it, several with line feeds between them; null for a line of the collector itself. */
  readonly text: string | null
}

type Framing = (line: string, source: string) => FramedLine | null

/** Lines that say nothing to anybody at the start of an input, of which the next may still be the first in a frame. */
export const PREAMBLE_LINES_MAX = 100

const ISO = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+(?:Z|[+-]\\d\\d:?\\d\\d)'
/** As rsyslog and `journalctl -o short`, `short-iso`, `short-full`, `short-unix` and `short-monotonic` write times. */
const SYSLOG_TIME = `(?:[^\\s\\d<>[(]{2,12} [ \\d]?\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?|\\d{1,2}月 [ \\d]?\\d \\d\\d:\\d\\d:\\d\\d|${ISO}|[^\\s\\d]{2,4} \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? [A-Z+\\d:-]{1,6}|\\d{10}\\.\\d{6}|\\[ *\\d+\\.\\d{6}\\])`
const SYSLOG = new RegExp(
  `^(?:<\\d{1,3}>)?${SYSLOG_TIME} ((?!\\d{4}-\\d\\d-)\\S{1,255} [A-Za-z/][\\w./@-]{0,127}(?:\\[\\d+\\])?): ?(.*)$`,
  's',
)
/** RFC 5424: version, time, host, program, process, message id, structured data. */
const SYSLOG_5424 = new RegExp(
  `^<\\d{1,3}>1 ${ISO} (\\S{1,255} \\S{1,48} \\S{1,128}) \\S{1,32} (?:-|(?:\\[(?:[^\\]\\\\]|\\\\.)*\\])+)(?: (?:\\uFEFF)?(.*))?$`,
  's',
)
const POD = /^\[(pod\/[\w./-]{1,253})\] ?(.*)$/s
// biome-ignore lint/suspicious/noControlCharactersInRegex: Compose colours the names of its services.
const COMPOSE = /^(?:\x1b\[[\d;]*m)?([A-Za-z][\w.-]{0,127}) +\|(?: \x1b\[[\d;]*m|(?:\x1b\[[\d;]*m)? ?)(.*)$/s
const CONTAINER = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP]) (.*)$/s
/** `docker logs -t`, `kubectl logs --timestamps`: nanoseconds, of which kubectl leaves out zeros at the end. */
const TIMED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)(?: (.*))?$/s
const NANOSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7,9}(?:Z|[+-]\d\d:\d\d)(?: |$)/
const TAIL = /^==> (.{1,4096}) <==$/

/** By pattern: the source, then the line. */
function byPattern(pattern: RegExp): Framing {
  return (line) => {
    const match = pattern.exec(line)
    return match && { source: String(match[1]), text: match[2] ?? '' }
  }
}

const byDate = byPattern(SYSLOG)
const byVersion = byPattern(SYSLOG_5424)

/** rsyslog writes control characters as `#` and three octal digits. */
const syslog: Framing = (line) => {
  const framed = byDate(line, '') ?? byVersion(line, '')
  if (!framed?.text?.includes('#01')) return framed
  return { ...framed, text: framed.text.replaceAll('#011', '\t').replaceAll('#012', '\n') }
}

const tail: Framing = (line, source) => {
  const match = TAIL.exec(line)
  return match ? { source: String(match[1]), text: null } : { source, text: line }
}

const timed: Framing = (line) => {
  const match = TIMED.exec(line)
  return match && { source: '', text: match[1] ?? '' }
}

const plain: Framing = (text) => ({ source: '', text })

/** A container runtime's: a line longer than 16 KiB comes in parts, all but the last marked `P`. */
function containerFraming(): Framing {
  const parts = new Map<string, string>()
  return (line) => {
    const match = CONTAINER.exec(line)
    if (!match) return null
    const source = String(match[1])
    const text = (parts.get(source) ?? '') + String(match[3])
    if (match[2] === 'P') {
      parts.set(source, text.slice(0, 65_536))
      return { source, text: null }
    }
    parts.delete(source)
    return { source, text }
  }
}

/** Keys under which collectors have the line: Docker and Fluent, CloudWatch and others, the systemd journal. */
const TEXT_KEYS = ['log', 'message', 'MESSAGE', 'textPayload'] as const
const SOURCE_KEYS = ['_HOSTNAME', '_PID', 'hostname', 'container_id', 'pod_name'] as const

/** An object a line, as in Docker's json-file driver: `{"log":"...\n","stream":"stderr","time":"..."}`. */
const jsonObject: Framing = (line) => {
  if (!line.startsWith('{') || !line.trimEnd().endsWith('}')) return null
  try {
    const parsed = JSON.parse(line) as Record<string, unknown>
    const key = TEXT_KEYS.find((name) => parsed[name] !== undefined)
    if (key === undefined) return null
    const source = SOURCE_KEYS.map((name) => String(parsed[name] ?? '')).join(' ')
    return { source, text: textOf(parsed[key]).replace(/\r?\n$/, '') }
  } catch {
    return null
  }
}

/** The journal writes a message that is not UTF-8 as its bytes. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? Buffer.from(value.map(Number)).toString('utf8') : String(value)
}

/**
 * Takes frames off. The first line that is in a frame, or that means something without one, decides which frame a
 * stream has, once and for all: a frame met later is text, so that a statement with a framed line in it cannot pass for
 * another server's log. Knows syslog and journal, container runtimes and their clients, Compose, JSON objects and
 * `tail -f` of several files.
 */
export class LogFraming {
  #framing: Framing | null = null
  /** Times that Docker and kubectl put before each line, inside of what Compose and `--prefix` put there. */
  #isTimed: boolean | null = null
  #source = ''
  #undecided = 0

  /** True once the stream is known to be lines of a log, framed or not, and not a status text. */
  get isLog(): boolean {
    return this.#isLog
  }
  #isLog = false

  /** The line without its frame; a line that lacks the stream's frame belongs to the log before it. */
  unframe(line: string): FramedLine {
    const framing = this.#framing ?? this.#decide(line)
    if (framing === null) return { source: '', text: line }
    const framed = framing(line, this.#source) ?? { source: this.#source, text: line }
    this.#source = framed.source
    return framing === plain || framing === tail ? framed : this.#withoutTime(framed)
  }

  #withoutTime(framed: FramedLine): FramedLine {
    if (framed.text === null || this.#isTimed === false) return framed
    if (this.#isTimed === null && framed.text.trim() !== '') this.#isTimed = NANOSECONDS.test(framed.text)
    const bare = this.#isTimed ? timed(framed.text, '') : null
    return bare ? { ...framed, text: bare.text } : framed
  }

  /** Null while nothing tells. */
  #decide(line: string): Framing | null {
    if (line.trim() === '') return null
    const framing = framingOf(line)
    this.#undecided += 1
    if (framing) this.#isLog = true
    else if (reportLine(line, line.length).logged) this.#isLog = true
    else if (this.#undecided < PREAMBLE_LINES_MAX && reportLine(line, line.length).meaning.kind === 'text')
      return null
    this.#framing = framing ?? plain
    return this.#framing
  }
}

function framingOf(line: string): Framing | null {
  if (TAIL.test(line)) return tail
  if (CONTAINER.test(line)) return containerFraming()
  if (NANOSECONDS.test(line) && !syslog(line, '')) return timed
  const framings = [syslog, byPattern(POD), byPattern(COMPOSE), jsonObject]
  return framings.find((framing) => framing(line, '') !== null) ?? null
}
