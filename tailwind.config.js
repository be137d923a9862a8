// Tailwind reads the class names of views/ and static/js and compiles views/app.css.
// Every colour is a token: [light, dark]. Tokens become CSS variables, so that a
// theme is one attribute on <html>; Tailwind's own palette is not used.
const plugin = require('tailwindcss/plugin');

const tokens = {
  'bg': ['#f5f6f8', '#0a0c0f'],
  'surface': ['#ffffff', '#111419'],
  'raised': ['#f2f4f7', '#171b21'],
  'overlay': ['#ffffff', '#171b21'],
  'control': ['#e8ebf0', '#20262e'],
  'hover': ['#f4f6f9', '#1a1f26'],
  'selected': ['#e9ecff', '#1d2440'],
  'line': ['#e1e5ea', '#232931'],
  'line-strong': ['#cbd1d9', '#343c47'],
  'ctl': ['#7f8a99', '#697585'],
  'text': ['#12161b', '#e9ecf0'],
  'text-2': ['#434d5b', '#b0b9c4'],
  'text-3': ['#5c6776', '#8b96a5'],
  'accent': ['#3a4bd0', '#93a6ff'],
  'accent-fill': ['#3a4bd0', '#4a5ce0'],
  'on-accent': ['#ffffff', '#ffffff'],
  'focus': ['#3a4bd0', '#93a6ff'],
  'data': ['#566375', '#9aa7b8'],
  'data-soft': ['#e3e8ee', '#2a323c'],
  'flow': ['#8391a3', '#5d6d83'],
  'cat-1': ['#3a4bd0', '#93a6ff'],
  'cat-2': ['#0b766b', '#5cc8b8'],
  'cat-3': ['#8a5a00', '#e0b878'],
  'cat-4': ['#a0327a', '#d58ab8'],
  'cat-5': ['#12699e', '#8ec7ee'],
  'cat-6': ['#5c6776', '#b3b9c2'],
  'heat-0': ['#f1f5fa', '#18202b'],
  'heat-1': ['#d6e5f5', '#1f3350'],
  'heat-2': ['#a6c8ea', '#28507f'],
  'heat-3': ['#4a86c4', '#4b86c2'],
  'heat-4': ['#1b4f86', '#a5cdf2'],
  'heat-3-text': ['#12161b', '#0a0c0f'],
  'heat-4-text': ['#ffffff', '#0a0c0f'],
  'open': ['#b51226', '#ff6d6a'],
  'rate': ['#8436b4', '#d89cf6'],
  'test': ['#776300', '#f5c044'],
  'recov': ['#0b736a', '#6fd6c4'],
  'degr': ['#ab4400', '#ff9a52'],
  'lag': ['#0a66ad', '#5cb8f8'],
  'ok': ['#17794b', '#4fc48b'],
  'unk': ['#586474', '#97a2b0'],
  'open-bg': ['#f8eaeb', '#302024'],
  'open-line': ['#e5acb3', '#6b3638'],
  'rate-bg': ['#f4edf8', '#2b2636'],
  'rate-line': ['#d4b9e5', '#5d486d'],
  'test-bg': ['#f3f1e8', '#2f2a1f'],
  'test-line': ['#cfc8a6', '#685529'],
  'recov-bg': ['#e9f2f2', '#1d2d2f'],
  'recov-line': ['#aacecb', '#355e5a'],
  'degr-bg': ['#f7eee8', '#302520'],
  'degr-line': ['#e2bea6', '#6b472f'],
  'lag-bg': ['#e9f1f8', '#1b2936'],
  'lag-line': ['#a9c9e2', '#2e526e'],
  'ok-bg': ['#eaf3ef', '#192b28'],
  'ok-line': ['#aed0c0', '#295744'],
  'unk-bg': ['#f0f1f2', '#22262d'],
  'unk-line': ['#c5c9ce', '#444a52'],
};

const overlayShadow = [
  '0 1px 2px #1018280f, 0 12px 32px #1018282e',
  '0 0 0 1px #00000066, 0 16px 40px #000000a8',
];

const theme = (i) => ({
  ...Object.fromEntries(Object.entries(tokens).map(([name, pair]) => [`--${name}`, pair[i]])),
  '--sh': overlayShadow[i],
  'color-scheme': i ? 'dark' : 'light',
});

/** @type {import('tailwindcss').Config} */
module.exports = {
  content: ['./views/**/*.templ', './views/**/*.go', '!./views/**/*_test.go', './static/js/**/*.js'],
  corePlugins: { preflight: false },
  theme: {
    colors: {
      transparent: 'transparent',
      current: 'currentColor',
      ...Object.fromEntries(Object.keys(tokens).map((name) => [name, `var(--${name})`])),
    },
    extend: {},
  },
  plugins: [
    plugin(({ addBase }) =>
      addBase({
        ':root': theme(0),
        '[data-theme=dark]': theme(1),
        '@media (prefers-color-scheme: dark)': { '[data-theme=auto]': theme(1) },
        '@media print': { ':root[data-theme]': theme(0) }, // paper is light
      }),
    ),
  ],
};
