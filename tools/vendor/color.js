// plotly.js asks culori for five functions but pulls in all of it; naming them lets the bundler leave the rest out.
export { converter, formatHex, formatRgb, wcagContrast, wcagLuminance } from 'culori-source';
