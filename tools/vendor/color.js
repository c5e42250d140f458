// plotly.js asks culori for five functions; its index registers every colour space there is. Ours are hex, rgb, hsl and
// the names of CSS: three spaces are enough.
import { converter, formatHex, formatRgb, modeHsl, modeLrgb, modeRgb, useMode, wcagContrast, wcagLuminance } from 'culori-source';

useMode(modeRgb);
useMode(modeHsl);
useMode(modeLrgb); // contrast is computed in it

export { converter, formatHex, formatRgb, wcagContrast, wcagLuminance };
