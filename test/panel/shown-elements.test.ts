import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fragment, jsx, jsxs } from '../../web/src/shown/jsx-runtime.ts'

const TURNED = 'orders\u202e\u2066\u200b'
const SHOWN = 'orders⟨U+202E⟩⟨U+2066⟩⟨U+200B⟩'

const propsOf = (element: unknown): Record<string, unknown> =>
  (element as { readonly props: Record<string, unknown> }).props

test('the text of an element is shown, however deep in its children, and so is what is read of its attributes', () => {
  assert.equal(propsOf(jsx('b', { children: TURNED })).children, SHOWN)
  assert.deepEqual(propsOf(jsxs(Fragment, { children: ['a', [TURNED, 7]] })).children, ['a', [SHOWN, 7]])
  assert.deepEqual(propsOf(jsx('img', { alt: TURNED, title: TURNED, 'aria-label': TURNED })), {
    alt: SHOWN,
    title: SHOWN,
    'aria-label': SHOWN,
  })
})

test('what is not read stays as it is: values, addresses, properties of components, arrays that say nothing hidden', () => {
  const props = { value: TURNED, href: TURNED, 'data-true': TURNED }
  assert.deepEqual(propsOf(jsx('input', props)), props)
  assert.equal(propsOf(jsx(() => null, { label: TURNED, text: TURNED })).text, TURNED)
  const children = ['a', 'b']
  assert.equal(propsOf(jsxs('b', { children })).children, children)
  assert.equal(propsOf(jsx('style', { children: TURNED })).children, TURNED)
})
