#include "eval/engine.h"
