/** How the panel is built: no inline script, no inline style, nothing from anywhere else. */
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

export default defineConfig({
  plugins: [react(), themeVariables],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    manifest: true,
  },
})
