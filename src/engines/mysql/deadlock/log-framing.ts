// Takes off what a log collector puts around each line, and tells from it which server a line is from, so that the
// logs of two servers in one stream are read apart.

/** One line without its frame. */
export interface FramedLine {
  /** Names the log within its stream; empty when the stream is one log. */
  readonly source: string
  /** The line as the server wrote it; null for a line of the collector itself. */
  readonly text: string | null
}

type Framing = (line: string, source: string) => FramedLine | null

const SYSLOG =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) (\S{1,255} [\w./-]{1,64}(?:\[\d+\])?): ?(.*)$/s
const COMPOSE = /^([A-Za-z][\w.-]{0,127}) +\| ?(.*)$/s
const CONTAINER = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (stdout|stderr) [FP] (.*)$/s
const TAIL = /^==> (.{1,4096}) <==$/

/** By pattern: the source, then the line. */
function byPattern(pattern: RegExp): Framing {
  return (line) => {
    const match = pattern.exec(line)
    return match && { source: String(match[1]), text: String(match[2]) }
  }
}

const tail: Framing = (line, source) => {
  const match = TAIL.exec(line)
  return match ? { source: String(match[1]), text: null } : { source, text: line }
}

/** Docker's json-file driver: `{"log":"...\n","stream":"stderr","time":"..."}`. */
const dockerJson: Framing = (line) => {
  if (!line.startsWith('{"log":')) return null
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed !== 'object' || parsed === null || !('log' in parsed)) return null
    return { source: '', text: String(parsed.log).replace(/\r?\n$/, '') }
  } catch {
    return null
  }
}

const FRAMINGS: readonly Framing[] = [byPattern(SYSLOG), byPattern(CONTAINER), byPattern(COMPOSE), dockerJson]

/**
 * Takes frames off. The first line that is not empty decides which frame a stream has, once and for all: a frame met
 * later is text, so that a statement with a framed line in it cannot pass for another server's log. Knows syslog and
 * journal, container runtimes, Compose, Docker's JSON files and `tail -f` of several files.
 */
export class LogFraming {
  #framing: Framing | null = null
  #source = ''

  /** The line without its frame; a line that lacks the stream's frame belongs to the log before it. */
  unframe(line: string): FramedLine {
    if (this.#framing === null) {
      if (line.trim() === '') return { source: '', text: line }
      this.#framing = framingOf(line)
    }
    const framed = this.#framing(line, this.#source) ?? { source: this.#source, text: line }
    this.#source = framed.source
    return framed
  }
}

function framingOf(line: string): Framing {
  if (TAIL.test(line)) return tail
  return FRAMINGS.find((framing) => framing(line, '') !== null) ?? ((text) => ({ source: '', text }))
}
