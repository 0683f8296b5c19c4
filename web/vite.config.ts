/** How the panel is built: no inline script, no inline style, nothing from anywhere else. */
import { fileURLToPath } from 'node:url'
import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { theme } from './src/theme.ts'

const VARIABLES = 'virtual:theme-variables.css'

/**
 * The theme's variables as a file. Mantine would put them into a style element at run time, which the panel's
 * content-security policy refuses.
 */
const themeVariables: Plugin = {
  name: 'theme-variables',
  resolveId: (id) => (id === VARIABLES ? `\0${VARIABLES}` : null),
  load: (id) =>
    id === `\0${VARIABLES}`
      ? convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root')
      : null,
}

const ELEMENTS = fileURLToPath(new URL('src/shown/jsx-runtime.ts', import.meta.url))

/** Every element, those of libraries too, is made by a maker that lets no text be obeyed or hidden. */
const shownText: Plugin = {
  name: 'shown-text',
  enforce: 'pre',
  resolveId: (id, importer) => (id === 'react/jsx-runtime' && importer !== ELEMENTS ? ELEMENTS : null),
}

export default defineConfig({
  plugins: [shownText, react(), themeVariables],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    manifest: true,
  },
})
