// The open loops, innermost on top.
//
// push_i opens a loop of count_i repetitions whose body starts at body_i; turn_i is its END: another repetition starts
// at body_o, or, with last_o, the loop is closed. One of clear_i, push_i, turn_i a cycle; never push_i with full_o, never
// turn_i with empty_o.
module stoic_loop_stack #(
  parameter bit [31:0] LoopDepth = 4
) (
  input  logic        clk_i,
  input  logic        clear_i,
  input  logic        push_i,
  input  logic [16:0] body_i,
  input  logic [23:0] count_i,
  input  logic        turn_i,
  output logic [16:0] body_o,
  output logic        last_o,
  output logic        full_o,
  output logic        empty_o
);

  logic [LoopDepth-1:0]    open_q;       // bit 0 is the innermost
  logic [LoopDepth*17-1:0] body_q;
  logic [LoopDepth*24-1:0] remaining_q;  // repetitions to come, this one included

  assign body_o  = body_q[16:0];
  assign last_o  = remaining_q[23:0] == 24'd1;
  assign full_o  = open_q[LoopDepth-1];
  assign empty_o = !open_q[0];

  always_ff @(posedge clk_i) begin
    if (clear_i) begin
      open_q <= '0;
    end else if (push_i) begin
      open_q      <= LoopDepth'({open_q, 1'b1});
      body_q      <= (LoopDepth*17)'({body_q, body_i});
      remaining_q <= (LoopDepth*24)'({remaining_q, count_i});
    end else if (turn_i && last_o) begin
      open_q      <= open_q >> 1;
      body_q      <= body_q >> 17;
      remaining_q <= remaining_q >> 24;
    end else if (turn_i) begin
      remaining_q[23:0] <= remaining_q[23:0] - 24'd1;
    end
  end

endmodule
