import '../system/clock.ts';
import '../system/ports.ts';
