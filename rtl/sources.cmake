# The one list of RTL files, from the cells up. A file that is not in it does not exist.
set(stoic_rtl_sources
  stoic_memory.sv
  stoic_weight_memory.sv
  stoic_rotator.sv
  stoic_loop_stack.sv
  stoic_operand_check.sv
  stoic_lane.sv
  stoic_normaliser.sv
  stoic_function_unit.sv
  stoic_input_buffer.sv
  stoic_output_port.sv
  stoic_saturation_counters.sv
  stoic_registers.sv
  stoic_decoder.sv
  stoic_issue.sv
  stoic_sequencer.sv
  stoic_accelerator.sv)
