/**
 * Whether every path through a function that opens something also ends it. Only what waits for an answer is taken to fail, and what stands
 * in `catch` and `finally` is taken to succeed: in doubt a path is taken to end what was opened.
 */
import type { Node } from 'oxc-parser'
import { isFunction } from './scopes.ts'
import { childrenOf } from './tree.ts'

/** What the nodes of a function do to the thing that is watched. */
export interface Watched {
  /** The call that opens it. */
  readonly opens: Node
  /** The calls that end it, or may, also in functions inside. */
  readonly ends: ReadonlySet<Node>
  /** Whether a node may fail in the usual course: an `await`, or a call that answers at once. */
  readonly fails: (node: Node) => boolean
}

/** A place at which a function is left while the thing is open. */
export interface OpenExit {
  readonly how: 'throws' | 'returns' | 'ends'
  readonly node: Node
}

/** Which states are possible at a point. */
interface States {
  readonly open: boolean
  readonly closed: boolean
}

const NONE: States = { open: false, closed: false }
const CLOSED: States = { open: false, closed: true }

const either = (a: States, b: States): States => ({ open: a.open || b.open, closed: a.closed || b.closed })

/** The ways a function is left open: by failures, by returns, by reaching its end; in order of the text. */
export function openExits(fn: Node, watched: Watched): readonly OpenExit[] {
  const body = 'body' in fn ? (fn.body as Node | null) : null
  if (body === null || body.type !== 'BlockStatement') return []
  const walker = new PathWalker(watched)
  const end = walker.statement(body, CLOSED)
  const last: OpenExit[] = end.open ? [{ how: 'ends', node: body }] : []
  return [...walker.thrown, ...walker.returned, ...last].sort((a, b) => a.node.start - b.node.start)
}

class PathWalker {
  readonly #watched: Watched
  /** Failures and returns while open, of what is being walked. */
  thrown: OpenExit[] = []
  returned: OpenExit[] = []
  #left: States = NONE
  /** In `catch` and `finally` nothing but `throw` fails. */
  #afterFailure = false

  constructor(watched: Watched) {
    this.#watched = watched
  }

  /** The states after a statement. */
  statement(node: Node, before: States): States {
    switch (node.type) {
      case 'BlockStatement':
        return this.#all(node.body as readonly Node[], before)
      case 'ReturnStatement':
        return this.#leave(node, before, 'returns')
      case 'ThrowStatement':
        return this.#leave(node, before, 'throws')
      case 'BreakStatement':
      case 'ContinueStatement':
        this.#left = either(this.#left, before)
        return NONE
      case 'IfStatement':
        return this.#if(node, before)
      case 'TryStatement':
        return this.#try(node, before)
      case 'SwitchStatement':
        return this.#switch(node, before)
      case 'LabeledStatement':
        return this.statement(node.body as Node, before)
      default:
        return 'body' in node && /^(For|While|Do)/.test(node.type)
          ? this.#loop(node, before)
          : this.#expression(node, before)
    }
  }

  #all(statements: readonly Node[], before: States): States {
    return statements.reduce<States>((states, each) => this.statement(each, states), before)
  }

  #leave(node: Node, before: States, how: 'returns' | 'throws'): States {
    const states = this.#expression(node, before)
    if (states.open) (how === 'throws' ? this.thrown : this.returned).push({ how, node })
    return NONE
  }

  #if(node: Extract<Node, { type: 'IfStatement' }>, before: States): States {
    const tested = this.#expression(node.test as Node, before)
    const yes = this.statement(node.consequent as Node, tested)
    if (node.alternate !== null) return either(yes, this.statement(node.alternate as Node, tested))
    // `if (client) client.release()`: the condition is taken to say whether there is anything to end.
    const isLeft = !yes.open && !yes.closed
    return this.#contains(node.consequent as Node) && (this.#afterFailure || !isLeft)
      ? CLOSED
      : either(yes, tested)
  }

  #switch(node: Extract<Node, { type: 'SwitchStatement' }>, before: States): States {
    const outer = this.#left
    this.#left = NONE
    const tested = this.#expression(node.discriminant as Node, before)
    let states = tested
    for (const each of node.cases)
      states = this.#all(each.consequent as readonly Node[], either(states, tested))
    const after = either(states, this.#left)
    this.#left = outer
    return node.cases.some((each) => each.test === null) ? after : either(after, tested)
  }

  #loop(node: Node, before: States): States {
    const outer = this.#left
    this.#left = NONE
    const body = (node as { readonly body: Node }).body
    const heads = childrenOf(node).filter((each) => each !== body)
    const entered = heads.reduce<States>((states, each) => this.#expression(each, states), before)
    const after = either(this.statement(body, entered), this.#left)
    this.#left = outer
    return isEndless(node) ? after : either(entered, after)
  }

  #try(node: Extract<Node, { type: 'TryStatement' }>, before: States): States {
    const [thrown, returned, left] = [this.thrown, this.returned, this.#left]
    const outer = this.#afterFailure
    this.thrown = []
    this.returned = []
    this.#left = NONE
    let after = this.statement(node.block as Node, before)
    if (node.handler !== null) {
      const caught: States = { open: this.thrown.length > 0, closed: true }
      this.thrown = []
      this.#afterFailure = true
      after = either(after, this.statement(node.handler.body as Node, caught))
      this.#afterFailure = outer
    }
    const isEnded = node.finalizer !== null && this.#contains(node.finalizer as Node)
    this.thrown = isEnded ? thrown : [...thrown, ...this.thrown]
    this.returned = isEnded ? returned : [...returned, ...this.returned]
    this.#left = either(left, isEnded && this.#left.open ? CLOSED : this.#left)
    if (!isEnded) return after
    return after.open || after.closed ? CLOSED : NONE
  }

  /** The states after what an expression, or a statement of one, does; functions in it are not run but where they end it. */
  #expression(node: Node, before: States): States {
    if (isFunction(node)) return this.#contains(node) ? CLOSED : before
    if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return before
    const inner = childrenOf(node).reduce<States>((states, each) => this.#expression(each, states), before)
    if (this.#watched.ends.has(node)) return CLOSED
    if (this.#watched.opens === node) return { open: true, closed: false }
    if (
      inner.open &&
      !this.#afterFailure &&
      !isAround(node, this.#watched.opens) &&
      this.#watched.fails(node)
    )
      this.thrown.push({ how: 'throws', node })
    return inner
  }

  /** Whether something that ends it is anywhere in a node, also in functions. */
  #contains(node: Node): boolean {
    for (const end of this.#watched.ends) if (isAround(node, end)) return true
    return false
  }
}

const isAround = (outer: Node, inner: Node): boolean => outer.start <= inner.start && inner.end <= outer.end

/** `for (;;)`, `while (true)`: what follows is reached by `break` alone. */
const isEndless = (node: Node): boolean => {
  const test = 'test' in node ? (node.test as Node | null) : undefined
  return test === null || (test?.type === 'Literal' && test.value === true)
}
