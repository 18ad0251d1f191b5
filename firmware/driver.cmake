# The sources of the driver, for all that compile it.
set(STOIC_DRIVER_SOURCES stoic.c stoic_load.c stoic_crc.c stoic_image.c stoic_input.c)
list(TRANSFORM STOIC_DRIVER_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/driver/)
