/**
 * The maker of every element of the panel and of its libraries (vite.config.ts puts it in the place of React's): text
 * that would be obeyed, hidden or turn its line round is shown instead. Here, so that no page can forget it. What is
 * typed into fields stays as it is, and so does every value that is not shown: what is sent and signed is the true text.
 */
import { Fragment, jsx as reactJsx, jsxs as reactJsxs } from 'react/jsx-runtime'
import { visibleText } from '../../../src/core/visible-text.ts'

export { Fragment }

type Make = typeof reactJsx

/** Attributes that are read by somebody. */
const READ = ['title', 'alt', 'placeholder', 'aria-label', 'aria-description', 'aria-valuetext', 'label']
/** Elements whose text nobody reads. */
const NO_TEXT = new Set<unknown>(['style', 'script'])

const shownChild = (child: unknown): unknown =>
  typeof child === 'string' ? visibleText(child) : Array.isArray(child) ? shownChildren(child) : child

/** The same array where nothing changes: React knows its own arrays by themselves. */
function shownChildren(children: readonly unknown[]): readonly unknown[] {
  const shown = children.map(shownChild)
  return shown.every((each, at) => each === children[at]) ? children : shown
}

function shownProps(type: unknown, given: unknown): unknown {
  if (NO_TEXT.has(type) || typeof given !== 'object' || given === null) return given
  const props = given as Readonly<Record<string, unknown>>
  const changed: Record<string, unknown> = {}
  for (const name of typeof type === 'string' ? ['children', ...READ] : ['children']) {
    const shown = shownChild(props[name])
    if (shown !== props[name]) changed[name] = shown
  }
  return Object.keys(changed).length === 0 ? given : { ...props, ...changed }
}

/** As React's. */
export const jsx: Make = (type, props, key) => reactJsx(type, shownProps(type, props), key)
/** As React's. */
export const jsxs: Make = (type, props, key) => reactJsxs(type, shownProps(type, props), key)
