/** Lines of a text. */

/** Turns offsets into lines and columns, both from 1. */
export class Lines {
  /** Offsets at which lines begin. */
  readonly starts: Uint32Array

  /** @param given - a text, or where the lines of one begin */
  constructor(given: string | Uint32Array) {
    this.starts = typeof given === 'string' ? startsIn(given) : given
  }

  /** The line and column of an offset. Logarithmic. */
  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0
    let high = this.starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 }
  }
}

function startsIn(text: string): Uint32Array {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return Uint32Array.from(starts)
}
